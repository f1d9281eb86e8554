"""A living demo: invented companies, their offers and bookings, in real municipalities. Everything in it is marked."""
