"""Sessions that are over are deleted, with where they were from."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from fairground.identity.actions import delete_old_sessions
from tests.people_making import make_user

pytestmark = pytest.mark.django_db


def test_sessions_that_are_over_go_with_where_they_were_from_and_others_stay() -> None:
    now, user = timezone.now(), make_user(email="ana@example.org")
    for key, days in (("over", -2), ("just-over", -1), ("open", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(days=days))
        UserSession.objects.create(user=user, session_key=key, ip="127.0.0.1", user_agent="Phone/1")

    assert delete_old_sessions(now=now, sessions_max=1) == 1
    assert set(Session.objects.values_list("session_key", flat=True)) == {"just-over", "open"}
    assert delete_old_sessions(now=now, sessions_max=1000) == 1
    assert list(UserSession.objects.values_list("session_key", flat=True)) == ["open"]
