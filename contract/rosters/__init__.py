"""Who works where and when: rosters, their calendar, and the shifts that follow from them."""
