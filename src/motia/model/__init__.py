"""Frozen data and errors that every layer shares. Imports nothing of ours."""
