"""Who can sign in to the demo: one list for the loader, for `demo_sign_ins` and for `make run`."""

from dataclasses import dataclass

from accounts.enums import Language, OrganisationKind, Role

# Nobody can own an address under .example (RFC 2606): no mail of the demo ever reaches a person.
DOMAIN = "demo.example"
# For development. In production the loader draws another one and prints it.
PASSWORD = "industriporten"  # noqa: S105 - printed on purpose

SORMLAND, JAMTLAND = "Region Sörmland", "Region Jämtland Härjedalen"
AGDER, NORD = "Industriregion Agder", "Opplæringskontoret Nord"
COMPANY_SE, COMPANY_NO, COMPANY_NN = "Gnistvalla Mekaniska AB", "Dypdykk Subsea AS", "Heielva Kraft AS"
SCHOOL_SE, SCHOOL_NO, SCHOOL_NN = "Slipstensskolan (demo)", "Tromøysund ungdomsskole (demo)", "Valle skule"
OWNER_SE, OWNER_NO = "Eskilstuna kommun", "Arendal kommune"
# Where the demo's people work: these companies and schools get more to do than the rest, much of it with each other.
PARTNERS = {COMPANY_SE: SCHOOL_SE, COMPANY_NO: SCHOOL_NO, COMPANY_NN: SCHOOL_NN}


@dataclass(frozen=True)
class DemoPerson:
    address: str
    name: str
    language: str
    kind: OrganisationKind | None = None
    organisation: str = ""
    role: Role | None = None
    is_administrator: bool = False

    @property
    def email(self) -> str:
        return f"{self.address}@{DOMAIN}"

    @property
    def needs_second_factor(self) -> bool:
        return self.is_administrator or self.role == Role.COORDINATOR

    @property
    def title(self) -> str:
        """What the person is, as the list of sign-ins says it."""
        if self.is_administrator:
            return "administrator"
        return f"{self.role.label}, {self.organisation}" if self.role else "nobody yet: first sign-in"


_COMPANY, _SCHOOL = OrganisationKind.COMPANY, OrganisationKind.SCHOOL
_OWNER, _REGION = OrganisationKind.SCHOOL_OWNER, OrganisationKind.REGION
_SV, _NB, _NN = Language.SV, Language.NB, Language.NN

PEOPLE = [
    DemoPerson("syv", "Karin Slipsten", _SV, _SCHOOL, SCHOOL_SE, Role.COUNSELLOR),
    DemoPerson("larare", "Johan Kvist", _SV, _SCHOOL, SCHOOL_SE, Role.TEACHER),
    DemoPerson("rektor", "Amina Warsame", _SV, _SCHOOL, SCHOOL_SE, Role.PRINCIPAL),
    DemoPerson("foretag", "Sara Gnistvall", _SV, _COMPANY, COMPANY_SE, Role.OWNER),
    DemoPerson("kontakt", "Erik Svarvare", _SV, _COMPANY, COMPANY_SE, Role.CONTACT),
    DemoPerson("handledare", "Lovisa Fräs", _SV, _COMPANY, COMPANY_SE, Role.SUPERVISOR),
    DemoPerson("huvudman", "Per Munktorp", _SV, _OWNER, OWNER_SE, Role.COORDINATOR),
    DemoPerson("samordnare", "Helena Åkerö", _SV, _REGION, SORMLAND, Role.COORDINATOR),
    DemoPerson("samordnare.jamtland", "Nils Storfjäll", _SV, _REGION, JAMTLAND, Role.COORDINATOR),
    DemoPerson("redaktor", "Moa Textell", _SV, _REGION, SORMLAND, Role.EDITOR),
    DemoPerson("ny", "Nova Nyberg", _SV),
    DemoPerson("radgiver", "Ingrid Tromøy", _NB, _SCHOOL, SCHOOL_NO, Role.COUNSELLOR),
    DemoPerson("laerer", "Anders Holmen", _NB, _SCHOOL, SCHOOL_NO, Role.TEACHER),
    DemoPerson("rektor.no", "Fatima Noor", _NB, _SCHOOL, SCHOOL_NO, Role.PRINCIPAL),
    DemoPerson("bedrift", "Silje Dypdal", _NB, _COMPANY, COMPANY_NO, Role.OWNER),
    DemoPerson("kontakt.no", "Odd Havbunn", _NB, _COMPANY, COMPANY_NO, Role.CONTACT),
    DemoPerson("veileder", "Marte Ventil", _NB, _COMPANY, COMPANY_NO, Role.SUPERVISOR),
    DemoPerson("skoleeier", "Geir Galtesund", _NB, _OWNER, OWNER_NO, Role.COORDINATOR),
    DemoPerson("koordinator", "Turid Sørheim", _NB, _REGION, AGDER, Role.COORDINATOR),
    DemoPerson("koordinator.nord", "Ailo Vidda", _NB, _REGION, NORD, Role.COORDINATOR),
    DemoPerson("redaktor.no", "Jonas Tekst", _NB, _REGION, AGDER, Role.EDITOR),
    DemoPerson("bedrift.nn", "Torbjørg Hei", _NN, _COMPANY, COMPANY_NN, Role.OWNER),
    DemoPerson("radgivar", "Olav Dalen", _NN, _SCHOOL, SCHOOL_NN, Role.COUNSELLOR),
    DemoPerson("admin", "Ada Admin", _SV, is_administrator=True),
]
