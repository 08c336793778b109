from benchmarks.results import Table, circumstances, write


def test_a_table_rounds_numbers_and_keeps_text():
    table = Table("speed", ["name", "s"], [("ours", 0.12345), ("theirs", 1234.5)])
    assert table.markdown() == (
        "## speed\n\n| name | s |\n| --- | --- |\n| ours | 0.123 |\n| theirs | 1.23e+03 |"
    )


def test_the_raw_numbers_stand_beside_the_table(tmp_path):
    table = Table("speed", ["s"], [(0.12345,)])
    text = write(tmp_path, "mine", ["hardware: a"], [table], table)
    assert (tmp_path / "mine.md").read_text() == text + "\n"
    assert text.startswith("# mine\n\n- hardware: a\n\n## speed\n")
    assert (tmp_path / "mine.csv").read_text().split() == ["s", "0.12345"]


def test_circumstances_name_what_a_number_depends_on():
    kinds = [line.partition(":")[0] for line in circumstances(["a set"])]
    assert kinds == ["hardware", "commit", "data", "command", "libraries"]
