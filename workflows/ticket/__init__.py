"""The one workflow that runs every process: performs effects, keeps one timer, holds no rule of ITSM."""
