from registry.progress import of_total


def test_parts_tell_what_moved_and_the_whole_of_it():
    told = []
    moved = of_total(lambda *step: told.append(step), 30)

    moved(10)
    moved(20)

    assert told == [(10, 30), (20, 30)]


def test_nobody_needs_to_be_told():
    assert of_total(None, 30)(10) is None
