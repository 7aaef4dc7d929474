"""Queries whose SQL is put together once a process: over that Django takes longer than PostgreSQL over the answer.

Where the values of one asking differ from those of the next stands a Slot. Keep a Prepared, as with functools.cache:

    @cache
    def _newer() -> Prepared:
        later = Announcement.objects.filter(incident=Slot("incident"), pk__gt=Slot("pk"))
        return Prepared(later.values_list("pk"))

    _newer().rows(incident=1, pk=2)

What else stands in the query is part of it for ever: nothing that changes, such as a time, may.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Expression, Field, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

from .in_ids import written


class _Ids(Field):  # type: ignore[type-arg]  # as Django has it, it takes none
    def get_db_prep_value(self, value: Iterable[int], connection: BaseDatabaseWrapper, prepared: bool = False) -> str:
        return written(value, connection)


class Slot(Expression):
    """The place of a value that is named when the query is asked. `output_field`: what kind it is, else an integer."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None):
        super().__init__(output_field or BigIntegerField())
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:  # type: ignore[override]  # a place, and no value yet
        return "%s", [self]

    def value(self, values: dict[str, Any]) -> Any:
        """What is written in this place. Raises KeyError where none of `values` is."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


def ids(name: str = "ids") -> Slot:
    """For the lookup `in_ids`: whole numbers, of any number."""
    return Slot(name, _Ids())


class _Statement:
    def __init__(self, compiler: SQLCompiler):
        self.compiler = compiler
        params: Iterable[Any] = ()
        try:
            self.sql, params = compiler.as_sql()
        except EmptyResultSet:  # it matches nothing, whatever is in the database
            self.sql = ""
        self.params = list(params)
        self.slots = [(place, param) for place, param in enumerate(self.params) if isinstance(param, Slot)]

    def fill(self, values: dict[str, Any]) -> list[Any]:
        params = self.params.copy()
        for place, slot in self.slots:
            params[place] = slot.value(values)
        return params


class Prepared(_Statement):
    """A SELECT: `queryset` is one of `values_list`, without a slice."""

    def __init__(self, queryset: "QuerySet[Any, Any]"):
        super().__init__(queryset.query.get_compiler(queryset.db))
        selected = [column[0] for column in self.compiler.select or ()]
        self.converters = self.compiler.get_converters(selected)

    def rows(self, limit: int | None = None, **values: Any) -> list[tuple[Any, ...]]:
        """All of them, or `limit` at most."""
        if not self.sql:
            return []
        sql, params = self.sql, self.fill(values)
        if limit is not None:
            sql, params = f"{sql} LIMIT %s", [*params, limit]
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            found = cursor.fetchall()
        return [*map(tuple, self.compiler.apply_converters(found, self.converters))] if self.converters else found

    def column(self, **values: Any) -> list[Any]:
        """The first value of each row."""
        return [row[0] for row in self.rows(**values)]


class PreparedUpdate(_Statement):
    """An UPDATE of `queryset` with `fields`, which may hold slots."""

    def __init__(self, queryset: "QuerySet[Any, Any]", **fields: Any):
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values(fields)
        super().__init__(query.get_compiler(queryset.db))

    def run(self, **values: Any) -> int:
        """Returns how many rows matched."""
        if not self.sql:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.fill(values))
            return int(cursor.rowcount)
