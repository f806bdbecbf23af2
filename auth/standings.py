"""What a directory of users has answered, remembered for a while, and for a while longer where it is away."""

from collections import OrderedDict

import attrs

from auth.users import Standing


@attrs.frozen
class _Answer:
    standing: Standing
    told_ns: int


@attrs.define(kw_only=True)
class Standings:
    """
    The last answer for each user: good for a while, and better than none for a while longer.

    Sans-I/O; times are monotonic nanoseconds. That a user is not active is remembered like any other answer.

    Shape: the answer that was looked for least lately is forgotten where there is no room for another.

    Attributes:
        fresh_ns: So long an answer takes the place of a question.
        kept_ns: So long an answer takes the place of one that cannot be had; not less than `fresh_ns`.
        most: How many users are remembered, about 400 bytes each.
    """

    fresh_ns: int
    kept_ns: int
    most: int = 10_000
    _answers: OrderedDict[str, _Answer] = attrs.field(factory=OrderedDict, init=False)

    def __len__(self) -> int:
        return len(self._answers)

    def receive(self, user_id: str, standing: Standing, *, now_ns: int) -> None:
        """Take an answer in place of the last one."""
        self._answers[user_id] = _Answer(standing, now_ns)
        self._answers.move_to_end(user_id)
        if len(self._answers) > self.most:
            self._answers.popitem(last=False)

    def fresh(self, user_id: str, *, now_ns: int) -> Standing | None:
        """The answer that takes the place of a question; None where there is none, or it is too old."""
        return self._younger_than(self.fresh_ns, user_id, now_ns)

    def kept(self, user_id: str, *, now_ns: int) -> Standing | None:
        """The answer that takes the place of one that cannot be had; None where there is none, or it is too old."""
        return self._younger_than(self.kept_ns, user_id, now_ns)

    def told_ns(self, user_id: str) -> int | None:
        """When the last answer for a user came; None where it is forgotten."""
        answer = self._answers.get(user_id)
        return None if answer is None else answer.told_ns

    def _younger_than(self, most_ns: int, user_id: str, now_ns: int) -> Standing | None:
        answer = self._answers.get(user_id)
        if answer is None or now_ns - answer.told_ns >= most_ns:
            return None
        self._answers.move_to_end(user_id)
        return answer.standing
