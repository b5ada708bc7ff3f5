"""The engine: dispatch, retry decisions, schedules, context calls. Imports only model and ports."""
