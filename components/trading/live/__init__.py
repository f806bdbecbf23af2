"""The live markets as trading sees them: rules, prices and books, followed like any other client follows them."""
