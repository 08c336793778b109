import csv

import pytest

from benchmarks import headline


def test_it_tells_defaults_tuned_and_production_with_popularity_beside(little, tmp_path, capsys):
    config = little / "complete-journey-little.toml"
    places = [f"--config={config}", f"--work={tmp_path / 'work'}", f"--out={tmp_path}"]
    headline.main([*places, "--trials=2", "--workers=1"])
    text = (tmp_path / "headline.md").read_text()
    assert capsys.readouterr().out == text
    assert "- tuning: 2 complete, in " in text
    with (tmp_path / "headline.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(dict.fromkeys(row["model"] for row in rows)) == [
        "Spotlight, defaults",
        "Spotlight, tuned",
        "production model",
    ]
    means = {(row["model"], row["what"], row["k"]): float(row["mean"]) for row in rows}
    for k in ("30", "50"):
        assert len({mean for key, mean in means.items() if key[1:] == ("popularity", k)}) == 1
        tuned, popularity, lead = (
            means["Spotlight, tuned", what, k] for what in ("recall", "popularity", "lead")
        )
        assert lead == pytest.approx(tuned - popularity, abs=2e-6)
