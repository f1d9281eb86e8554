from typing import Any

from django.core.management import BaseCommand, CommandError

from visits.sums import check_sums, stranded_groups


class Command(BaseCommand):
    help = "Compare every time's counters with its bookings and held places; ends with an error when they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        differences = check_sums()
        for each in differences:
            self.stdout.write(f"{each.slot}: counted {each.counted}, held {each.held} (pupils, groups)")
        waiting = len(stranded_groups())
        if waiting:
            self.stdout.write(f"{waiting} groups in line beside free places; the next sweep offers them")
        if differences:
            raise CommandError(f"{len(differences)} times do not add up.")
        self.stdout.write("Every time adds up.")
