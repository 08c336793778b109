from registry import pieces
from registry.pieces import Piece


def test_pieces_are_all_of_an_object_and_nothing_twice(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE_BYTES", 4)

    assert pieces.pieces("a", 9) == [Piece("a", 0, 4, 9), Piece("a", 4, 4, 9), Piece("a", 8, 1, 9)]
    assert pieces.pieces("a", 9, start=3) == [Piece("a", 3, 4, 9), Piece("a", 7, 2, 9)]
    assert pieces.pieces("a", 9, start=9) == []
    assert pieces.pieces("a", 0) == [Piece("a", 0, 0, 0)]
