"""A country's worth of invented data, for measuring: schools, companies, visits and years of bookings, by COPY."""
