"""`make run`: the whole system from an empty folder to an address in the browser, and a clean end."""
