"""Motia."""
