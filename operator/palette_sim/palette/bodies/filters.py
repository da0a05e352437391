"""Bodies of searches and filters."""

from typing import Literal

from pydantic import Field

from palette_sim.common.bodies import Body, Unkept

Conjunction = Literal["and", "or"]


class Match(Body):
    """The `match` of a string or key-value condition."""

    conjunction: Conjunction | None = None
    values: list[str] | None = None


class StringCondition(Body):
    """v1SearchFilterStringCondition."""

    operator: Literal["eq", "contains", "beginsWith"] | None = None
    negation: bool | None = None
    ignore_case: bool | None = None
    match: Match | None = None


class KeyValueCondition(StringCondition):
    """v1SearchFilterKeyValueCondition."""

    key: str | None = None


class BoolCondition(Body):
    """v1SearchFilterBoolCondition."""

    value: bool | None = None


class DateCondition(Body):
    """v1SearchFilterDateCondition."""

    operator: Literal["eq", "gt", "gte", "lt", "lte", "range"] | None = None
    negation: bool | None = None
    match: Match | None = None


class Condition(Body):
    """v1SearchFilterCondition. No property of ours has numbers."""

    int_: Unkept = Field(default=None, alias="int")
    float_: Unkept = Field(default=None, alias="float")
    string: StringCondition | None = None
    bool_: BoolCondition | None = Field(default=None, alias="bool")
    key_value: KeyValueCondition | None = None
    date: DateCondition | None = None


class FilterItem(Body):
    """v1SearchFilterItem."""

    property: str | None = None
    type: Literal["string", "int", "float", "bool", "date", "keyValue"] | None = None
    condition: Condition | None = None


class FilterGroup(Body):
    """v1SearchFilterGroup."""

    conjunction: Conjunction | None = None
    filters: list[FilterItem] | None = None


class SearchFilter(Body):
    """v1SearchFilterSpec."""

    conjunction: Conjunction | None = None
    filter_groups: list[FilterGroup] | None = None


class SearchSort(Body):
    """v1SearchFilterSortSpec."""

    field: (
        Literal[
            "environment", "clusterName", "clusterState", "healthState", "creationTimestamp", "lastModifiedTimestamp"
        ]
        | None
    ) = None
    order: Literal["asc", "desc"] | None = None


class SearchBody(Body):
    """v1SearchFilterSummarySpec."""

    filter: SearchFilter | None = None
    sort: list[SearchSort] | None = None


class FilterString(Body):
    """v1FilterString."""

    eq: str | None = None
    ne: str | None = None
    contains: str | None = None
    begins_with: str | None = None
    ignore_case: bool | None = None


class FilterVersion(Body):
    """v1FilterVersionString."""

    eq: str | None = None
    ne: str | None = None
    gt: str | None = None
    lt: str | None = None
    begins_with: str | None = None


class FilterArray(Body):
    """v1FilterArray."""

    eq: list[str] | None = None
    ne: list[str] | None = None
    begins_with: list[str] | None = None
    ignore_case: bool | None = None


class ProfileFilter(Body):
    """v1ClusterProfileFilterSpec."""

    profile_name: FilterString | None = None
    version: FilterVersion | None = None
    scope: Literal["project", "tenant", "system"] | None = None
    profile_type: list[Literal["cluster", "infra", "add-on", "system"]] | None = None
    environment: list[str] | None = None
    tags: FilterArray | None = None
    fips: Literal["full", "none", "partial", "unknown"] | None = None
    resource_type: Literal["spectrocluster", "clustertemplate"] | None = None


class ProfileSort(Body):
    """v1ClusterProfileSortSpec."""

    field: Literal["profileName", "environment", "profileType", "creationTimestamp", "lastModifiedTimestamp"] | None = (
        None
    )
    order: Literal["asc", "desc"] | None = None


class ProfilesFilterBody(Body):
    """v1ClusterProfilesFilterSpec."""

    filter: ProfileFilter | None = None
    sort: list[ProfileSort] | None = None
