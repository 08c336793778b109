"""Counts what was broken, and what was found wrong afterwards."""

from dataclasses import dataclass, field


@dataclass
class Tally:
    """What a suite of faults found; one line at its end says it, and any violation fails it."""

    faults: int = 0
    states: int = 0
    violations: list[str] = field(default_factory=list)

    def check(self, when: str, *, holds: bool, what: str) -> None:
        """Count a state that was checked."""
        self.states += 1
        if not holds:
            self.violations.append(f"{when}: {what}")

    def __enter__(self) -> "Tally":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        print(
            f"faults injected: {self.faults}, states checked: {self.states}, "
            f"violations: {len(self.violations)}"
        )
        if kind is None:
            assert self.faults > 0
            assert self.states > 0
            assert self.violations == []
