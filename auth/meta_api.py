"""
Crossbar's own procedures and events below `wamp.`, sorted by what they do.

Source: crossbar/router/service.py, broker.py, dealer.py and session.py of the pinned version; a test compares.
"""

META_QUERIES = frozenset(
    {
        "wamp.session.list",
        "wamp.session.count",
        "wamp.session.get",
        "wamp.registration.list",
        "wamp.registration.get",
        "wamp.registration.match",
        "wamp.registration.lookup",
        "wamp.registration.list_callees",
        "wamp.registration.count_callees",
        "wamp.subscription.list",
        "wamp.subscription.get",
        "wamp.subscription.match",
        "wamp.subscription.lookup",
        "wamp.subscription.list_subscribers",
        "wamp.subscription.count_subscribers",
        "wamp.subscription.get_events",
    }
)
"""Procedures that only tell."""

META_COMMANDS = frozenset(
    {
        "wamp.session.kill",
        "wamp.session.kill_by_authid",
        "wamp.session.kill_by_authrole",
        "wamp.registration.remove_callee",
        "wamp.subscription.remove_subscriber",
    }
)
"""Procedures that end something of another session."""

META_TESTAMENTS = frozenset({"wamp.session.add_testament", "wamp.session.flush_testaments"})
"""Procedures that publish in the name of a session that has left: an event without a number, on any topic."""

META_EVENTS = frozenset(
    {
        "wamp.session.on_join",
        "wamp.session.on_leave",
        "wamp.session.on_stats",
        "wamp.registration.on_create",
        "wamp.registration.on_register",
        "wamp.registration.on_unregister",
        "wamp.registration.on_delete",
        "wamp.subscription.on_create",
        "wamp.subscription.on_subscribe",
        "wamp.subscription.on_unsubscribe",
        "wamp.subscription.on_delete",
    }
)
"""Topics that Crossbar itself publishes to."""
