"""Whether everything works, for the operator: readiness, metrics and alarms. Nothing here knows a person."""
