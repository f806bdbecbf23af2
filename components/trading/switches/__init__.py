"""The dead-man switch: a user whose armed sessions are lost has the open orders cancelled."""
