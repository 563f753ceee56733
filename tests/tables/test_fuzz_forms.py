"""A few hundred tables in every form: each reads exactly, or is refused."""

import fuzz_forms

import fuzzing


def test_tables_of_every_form_are_read_exactly_or_refused():
    ends, examples = fuzzing.run(fuzz_forms.__file__, 0, 80)
    assert set(ends) <= set(fuzz_forms.GOOD), examples
    assert ends["read"] + ends["read, labels to be mapped"] > 40
    assert ends.total() == 80
