"""Settings check themselves and can be read and changed by dotted names."""

from dataclasses import dataclass, fields

import pytest

from sgcross_core.settings import check, flatten, nested, setting, with_values


@dataclass(frozen=True)
class Wheel:
    spokes: int = setting(32, "how many spokes", low=1, high=64)
    size: float = setting(0.7, "diameter", low=0.1, unit="m")

    def __post_init__(self):
        check(self)


@dataclass(frozen=True)
class Bicycle:
    colour: str = setting("red", "paint", choices=("red", "blue"))
    bell: bool = setting(True, "has a bell")
    front: Wheel = nested(Wheel)  # noqa: RUF009

    def __post_init__(self):
        check(self)


@pytest.mark.parametrize(
    "values, said",
    [
        ({"spokes": 0}, "Wheel.spokes must lie in 1..64; got 0"),
        ({"spokes": 65}, "Wheel.spokes must lie in 1..64; got 65"),
        ({"spokes": 1.5}, "Wheel.spokes must be a int; got 1.5"),
        ({"spokes": True}, "Wheel.spokes must be a int; got True"),
        ({"size": float("nan")}, "Wheel.size must be a float; got nan"),
        ({"size": "big"}, "Wheel.size must be a float; got 'big'"),
    ],
)
def test_a_bad_number_is_refused_with_field_value_and_range(values, said):
    with pytest.raises(ValueError, match=said.replace(".", r"\.")):
        Wheel(**values)


@pytest.mark.parametrize("edge", [1, 64])
def test_the_ends_of_a_range_are_inside(edge):
    assert Wheel(spokes=edge).spokes == edge


def test_a_whole_number_will_do_for_a_float():
    assert Wheel(size=1).size == 1


@pytest.mark.parametrize(
    "values, said", [({"colour": "pink"}, "one of red, blue"), ({"bell": 1}, "must be a bool")]
)
def test_words_and_switches_are_checked(values, said):
    with pytest.raises(ValueError, match=said):
        Bicycle(**values)


def test_leaves_come_in_order_with_dotted_names():
    assert [(name, value) for name, value, _ in flatten(Bicycle())] == [
        ("colour", "red"), ("bell", True), ("front.spokes", 32), ("front.size", 0.7),
    ]  # fmt: skip


def test_a_leaf_knows_its_description_and_unit():
    described = {name: field.metadata for name, _, field in flatten(Bicycle())}
    assert described["front.size"]["doc"] == "diameter" and described["front.size"]["unit"] == "m"


@pytest.mark.parametrize("values", [{}, {"front.spokes": 20}, {"front.spokes": 20, "colour": "blue"}])
def test_dotted_values_replace_leaves_and_leave_the_rest(values):
    changed = dict((name, value) for name, value, _ in flatten(with_values(Bicycle(), values)))
    assert changed == {**{name: value for name, value, _ in flatten(Bicycle())}, **values}


def test_a_changed_copy_is_checked_too():
    with pytest.raises(ValueError, match=r"1\.\.64"):
        with_values(Bicycle(), {"front.spokes": 0})


def test_an_unknown_name_is_refused_with_the_nearest_or_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown setting 'fron\.spokes'; did you mean front\.spokes\?"):
        with_values(Bicycle(), {"fron.spokes": 3})
    with pytest.raises(ValueError, match=r"unknown setting 'pedals'; known: bell, colour"):
        with_values(Bicycle(), {"pedals": 2})


def test_the_original_is_untouched():
    bicycle = Bicycle()
    with_values(bicycle, {"colour": "blue"})
    assert bicycle.colour == "red" and len(fields(bicycle)) == 3
