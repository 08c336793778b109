"""A year of a very small market."""

import numpy as np
import pandas as pd
import pytest

CONFIG = """
name = "complete-journey-little"
level = "product"
[data]
source = "purchases.csv"
time = "time"
[split]
kind = "random"
test = 0.2
validation = 0.2
[model]
estimator = "blend"
[model.parameters]
trends = [30.0]
[model.parameters.ease]
rank = 4
"""


@pytest.fixture(scope="session")
def little(tmp_path_factory):
    """Write purchases of two groups of customers, each with products of their own; a folder."""
    folder = tmp_path_factory.mktemp("configs")
    generator = np.random.default_rng(0)
    customers = np.repeat(np.arange(40), 60)
    products = 2 * generator.integers(20, size=customers.size) + customers % 2
    days = generator.integers(365, size=customers.size)
    times = pd.Timestamp("2025-01-01") + pd.to_timedelta(days, "D")
    table = pd.DataFrame({"customer": customers, "product": products, "time": times})
    table.to_csv(folder / "purchases.csv", index=False)
    (folder / "complete-journey-little.toml").write_text(CONFIG)
    in_time = CONFIG.replace('-little"', '-little-time"').replace('"random"', '"time"')
    (folder / "complete-journey-little-time.toml").write_text(in_time)
    return folder
