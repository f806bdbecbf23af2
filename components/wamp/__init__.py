"""The shell kit: how a component talks to the realm, and what it may expect of the router that hosts it."""
