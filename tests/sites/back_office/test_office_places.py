"""Where a merchant's goods are sent from, in the back office: shown, corrected, and by nobody else."""

import pytest

from fairground.inventory.models import Place
from fairground.kernel.models import AuditEntry
from tests.factories import make_market, make_merchant
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")


def test_an_operator_states_a_country_that_nobody_had_stated() -> None:
    make_market()
    merchant = make_merchant()
    Place.objects.update(country="")
    page = f"/back-office/places/{merchant.id}/"
    client = sign_in("operator")
    assert f'href="{page}"' in client.get(f"/back-office/merchants/merchant/{merchant.id}/change/").content.decode()
    shown = client.get(page).content.decode()
    assert "no country stated" in shown
    form = {"place": str(merchant.place_id), f"{merchant.place_id}-city": "Lyon"}

    assert (
        "Nothing was written yet" in client.post(page, form | {f"{merchant.place_id}-country": "XX"}).content.decode()
    )
    assert Place.objects.get().country == ""
    stated = form | {f"{merchant.place_id}-country": "FR"}
    assert "Written." in client.post(page, stated, follow=True).content.decode()
    assert "Nothing was changed." in client.post(page, stated, follow=True).content.decode()

    assert Place.objects.values_list("country", "city").get() == ("FR", "Lyon")
    assert AuditEntry.objects.filter(verb="place-edited", user_id__isnull=False).count() == 1


def test_who_may_only_look_changes_nothing() -> None:
    merchant = make_merchant(country="CN")
    client = sign_in("support")
    page = f"/back-office/places/{merchant.id}/"
    form = {"place": str(merchant.place_id), f"{merchant.place_id}-country": "FR", f"{merchant.place_id}-city": ""}

    assert client.get(page).status_code == 200
    assert client.post(page, form).status_code == 403

    assert Place.objects.get().country == "CN"
    assert client.get("/back-office/places/1/").status_code == 404
