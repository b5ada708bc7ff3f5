"""The contracts between the engine and the technologies behind it. Imports only the model."""
