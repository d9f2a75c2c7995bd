"""Who of the staff may do what in the back office: roles, and the permissions of each (`app.verb_model`)."""

_CATALOGUE_SEEN = {
    f"{app}.view_{model}"
    for app, models in {
        "catalog": ("product", "sku", "brand", "category"),
        "merchants": ("merchant",),
        "crossborder": ("dutyrule",),
        "redpackets": ("packetcampaign",),
        "promotions": ("promotion",),
        "festivals": ("festival", "hall", "deal", "enrolment", "declaration"),
    }.items()
    for model in models
}
_CATALOGUE_EDITED = {"catalog.change_product", "catalog.change_sku"}
_PEOPLE_SEEN = {"orders.view_purchase", "identity.view_shopper", "aftersales.view_case", "payments.view_payment"}
_MONEY_SEEN = {
    "ledger.view_account",
    "ledger.view_transfer",
    "orders.view_purchase",
    "orders.view_refund",
    "merchants.view_merchant",
    "merchants.view_legalidentity",
    "crossborder.view_dutyrule",
    "settlement.view_feerate",
    "settlement.view_payout",
    "payments.view_payment",
    "payments.view_giftcard",
    "payments.view_credit",
}

# Support reads addresses, each time with a line in the audit log; who edits goods never sees a person. An accountant
# reads money down to each purchase, and who merchants are by law, which the audit log keeps; shoppers are numbers.
ROLES: dict[str, frozenset[str]] = {
    "operator": frozenset(
        {
            *_CATALOGUE_SEEN,
            *_CATALOGUE_EDITED,
            *_PEOPLE_SEEN,
            *_MONEY_SEEN,
            "merchants.change_merchant",
            "crossborder.change_dutyrule",
            "merchants.change_legalidentity",
            "merchants.view_contact",
            "merchants.change_contact",
            "festivals.change_festival",
            "festivals.change_deal",
            "promotions.add_promotion",
            "promotions.change_promotion",
            "promotions.view_allowance",
            "redpackets.add_packetcampaign",
            "settlement.change_payout",
            "settlement.add_feerate",
            "draws.view_draw",
            "draws.change_draw",
            "festivals.change_enrolment",
            "festivals.change_declaration",
            "festivals.change_hallblock",
            "orders.view_orderaddress",
            "orders.add_refund",
            "fulfilment.add_shipment",
            "fulfilment.view_withdrawal",
            "fulfilment.change_withdrawal",
            "aftersales.change_case",
            "aftersales.change_marketdays",
            "payments.add_giftcard",
            "payments.add_credit",
            "payments.change_paymentrefund",
            "payments.add_providerline",
            "payments.change_dispute",
            "identity.change_shopper",
            "kernel.view_auditentry",
            "kernel.change_switch",
            "kernel.change_setaside",
        }
    ),
    "support": frozenset({*_CATALOGUE_SEEN, *_PEOPLE_SEEN, "orders.view_orderaddress", "fulfilment.view_withdrawal"}),
    "editor": frozenset({*_CATALOGUE_SEEN, *_CATALOGUE_EDITED}),
    "accountant": frozenset({*_MONEY_SEEN, "payments.add_providerline"}),
}
