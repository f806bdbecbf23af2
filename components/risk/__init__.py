"""Risk: limits before and after the trade, trading states, alerts, and the end of an account that has too little."""
