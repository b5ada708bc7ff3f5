from __future__ import annotations

from typing import Any

import pytest

from motia.http.query import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a%20b=c+d", {"a b": "c d"}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[1]=y&a[0]=x", {"a": ["x", "y"]}),
        ("a[b][c][d]=1", {"a": {"b": {"c": {"d": "1"}}}}),
        ("a[999999999]=1", {"a": {"999999999": "1"}}),
        ("a[__proto__]=1&__proto__=2&b=3", {"b": "3"}),
        ("[x]=1", {"[x]": "1"}),
        ("a=%E2%82%AC", {"a": "€"}),
        ("&&a=1&", {"a": "1"}),
        ("=1", {}),
    ],
)
def test_http_11_query_strings(text: str, value: dict[str, Any]) -> None:
    assert parse(text) == value


def test_http_11_depth_and_number_of_values_are_limited() -> None:
    assert parse("a[b][c][d][e][f][g][h]=x") == {"a": {"b": {"c": {"d": {"e": {"f": {"[g][h]": "x"}}}}}}}
    assert len(parse("&".join(f"k{n}=1" for n in range(5000)))) == 1000
