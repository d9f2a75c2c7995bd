"""Shoppers, and the users who sign in to be one."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now


class Shopper(models.Model):
    """A person who buys. Limited deals need a verified one; a blocked one is refused at the door.

    A guest's row that was claimed at sign-in names the shopper it went into; what the guest bought stays the guest's.
    Who wanted to be erased leaves the row, as a number that the books know and nobody else.
    """

    id = models.BigIntegerField(primary_key=True)
    lane = models.SmallIntegerField()
    verified = models.BooleanField(db_default=False)
    blocked_at = models.DateTimeField(null=True)
    merged_into_id = models.BigIntegerField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(merged_into_id__isnull=True) | ~Q(merged_into_id=models.F("id")),
                name="shopper_not_merged_into_itself",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["blocked_at"], condition=Q(blocked_at__isnull=False), name="shopper_blocked"),
            models.Index(fields=["merged_into_id"], condition=Q(merged_into_id__isnull=False), name="shopper_merged"),
            models.Index(fields=["erased_at"], condition=Q(erased_at__isnull=False), name="shopper_erased"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class UserManager(BaseUserManager["User"]):
    """Makes users; addresses of e-mail are kept in small letters."""

    def create_user(self, email: str, password: str | None = None, **further: object) -> "User":
        """Write a user who signs in with this address; without a password only by other means."""
        user = self.model(email=email.strip().lower(), **further)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **further: object) -> "User":
        """Write a user who may do everything in the back office."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **further})


class User(AbstractBaseUser, PermissionsMixin):
    """Who signs in. Trade data never point here: they name the shopper that the user is."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True, help_text="as the person wants to be called")
    shopper_id = models.BigIntegerField(null=True, unique=True, help_text="the shopper that this user is")
    is_active = models.BooleanField(db_default=True, default=True)
    is_staff = models.BooleanField(db_default=False, default=False, help_text="may enter the back office")
    joined_at = models.DateTimeField(db_default=Now())
    email_verified_at = models.DateTimeField(null=True, help_text="when an address was first proved")
    language = models.CharField(max_length=12, db_default="", default="", blank=True, help_text="chosen, of pages")
    market = models.CharField(max_length=8, db_default="", default="", blank=True, help_text="chosen")

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email"], name="user_once_by_email"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_in_small_letters"),
        ]

    def get_full_name(self) -> str:
        """Return what the person is called."""
        return self.name

    def get_short_name(self) -> str:
        """Return what the person is called in a few letters: the name, or what stands before the @."""
        return self.name or self.email.partition("@")[0]


class SavedAddress(models.Model):
    """An address that a shopper keeps for the next purchase; `address` is as the door takes it."""

    shopper_id = models.BigIntegerField(db_index=True)
    address = models.JSONField()
    is_default = models.BooleanField(db_default=False)
    used_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shopper_id"], condition=Q(is_default=True), name="savedaddress_one_default"
            )
        ]
