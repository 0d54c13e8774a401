"""Errors: the nearest of the names that exist."""

from zokusei.errors import nearest_names


def test_the_nearest_of_very_many_names_begins_or_ends_as_it_was_typed():
    names = [f"folder{number % 97}/picture_{number}.jpg" for number in range(30_000)]
    assert nearest_names("folder3/picture_x.jpg", names)[0] == "folder3/picture_3.jpg"
    assert nearest_names("fodler5/picture_102.jpg", names)[0] == "folder5/picture_102.jpg"
    assert nearest_names("something else", names) == []
