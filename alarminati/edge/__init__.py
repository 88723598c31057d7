"""The HTTP door: alarms by JSON and webhooks, health for machines.

The same code runs inside an agent and alone, so nothing here knows the agent: alarms go to a
`core.reception.Reception`, everything else is handed in.
"""
