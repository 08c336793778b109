from training.summary import text_of

SUMMARY = {
    "prepared": "var/prepared/shop",
    "digest": "sha256:0",
    "customers": 2469,
    "products": 295,
    "baskets": 155485,
    "pairs": {"train": 1000, "validation": 20, "test": 3},
    "rows": {"read": 12000, "kept": 11000, "dropped": {"no customer": 1000}},
    "period": {},
}


def test_every_number_has_its_line() -> None:
    assert text_of(SUMMARY).splitlines() == [
        "var/prepared/shop  sha256:0",
        "      12,000 rows read",
        "       1,000 dropped: no customer",
        "      11,000 rows kept",
        "       2,469 customers",
        "         295 products",
        "     155,485 baskets",
        "       1,023 pairs: 1,000 train, 20 validation, 3 test",
    ]


def test_the_period_and_where_it_is_cut() -> None:
    period = {"first": "A", "last": "D", "train_end": "B", "validation_end": "C"}
    assert text_of(SUMMARY | {"period": period}).splitlines()[-2:] == [
        "      period A to D",
        "             train to B, validation to C",
    ]
