"""How a component asks others by HTTP."""
