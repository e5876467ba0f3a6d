"""Work beside the requests: schedules, notification of changes in the organization, announcements."""
