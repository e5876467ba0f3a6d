"""The pure engine: ``step``, ``next_deadline``, ``explain`` over frozen values. No IO, no clock, no Temporal."""
