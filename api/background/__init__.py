"""Work beside the requests: schedules, the news that the organization has changed, announcements of records."""
