"""The staff: users who may enter the back office, each in one role."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from fairground.identity.models import User
from fairground.identity.roles import ROLES
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.refusal import Refusal


class NoSuchOperator(Refusal):
    """Nobody of the staff has this address."""


class BadSignIn(Refusal):
    """The address is none, or the password too weak; `reasons` says in words what is wrong."""

    def __init__(self, *, reasons: tuple[str, ...]) -> None:
        super().__init__(reasons=reasons)
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody of the staff."""

    user_id: int
    email: str
    role: str
    last_seen_at: datetime | None


def ensure_roles() -> None:
    """Make the groups of `roles.ROLES`, and give each the permissions of its role and no others."""
    wanted = {name for names in ROLES.values() for name in names}
    permissions = {
        f"{one.content_type.app_label}.{one.codename}": one
        for one in Permission.objects.select_related("content_type").filter(
            codename__in=[name.partition(".")[2] for name in wanted]
        )
    }
    for role, names in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([permissions[name] for name in names])


def add_operator(*, email: str, role: str, password: str, by: By) -> int:
    """Let a user into the back office in a role, make the user if there is none, and return the user's id.

    The password becomes the user's, also where there was another one, which ends all sessions. Roles: one at a time.

    :raises BadSignIn: nothing changed
    """
    email = email.strip().lower()
    _refuse_bad(email, password)
    with transaction.atomic():
        ensure_roles()
        user = User.objects.filter(email=email).first() or User(email=email)
        user.is_staff = user.is_active = True
        user.set_password(password)
        user.save()
        if apps.is_installed("allauth.account"):
            # Whoever has the command line vouches for the address: no letter has to arrive before the first sign-in.
            addresses = apps.get_app_config("account").get_model("EmailAddress")._default_manager
            addresses.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
        user.groups.set([*user.groups.exclude(name__in=ROLES), Group.objects.get(name=role)])
        write_audit(by=by, acts=[Act("role-given", "user", user.pk, {"role": (None, role)})])
    return int(user.pk)


def _refuse_bad(email: str, password: str) -> None:
    try:
        validate_email(email)
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise BadSignIn(reasons=tuple(error.messages)) from error


def remove_operator(*, email: str, by: By) -> None:
    """Take a user out of the back office; who shops with this address goes on doing so.

    :raises NoSuchOperator: nothing changed
    """
    with transaction.atomic():
        user = User.objects.filter(email=email.strip().lower(), is_staff=True).first()
        if user is None:
            raise NoSuchOperator(email=email)
        role = _role_of(user)
        user.is_staff = user.is_superuser = False
        user.save(update_fields=["is_staff", "is_superuser"])
        user.groups.remove(*user.groups.filter(name__in=ROLES))
        write_audit(by=by, acts=[Act("role-taken", "user", user.pk, {"role": (role, None)})])


def list_operators() -> list[Operator]:
    """Return the staff, by address."""
    staff = User.objects.filter(is_staff=True).prefetch_related("groups").order_by("email")
    return [Operator(int(user.pk), user.email, _role_of(user), user.last_login) for user in staff]


def _role_of(user: User) -> str:
    if user.is_superuser:
        return "superuser"
    return next((group.name for group in user.groups.all() if group.name in ROLES), "")
