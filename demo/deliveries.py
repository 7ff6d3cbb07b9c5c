"""Synthetic deliveries for the model `delivery-eta`. They are made up: no real courier, customer or street is in them.

The generator imitates a food courier service in one city: a kitchen cooks, a courier picks several orders up and
rides from stop to stop. Rush hours, weather, the vehicle and a courier's experience slow the ride or speed it up, and
now and then something goes wrong that no feature shows. The label is what a customer feels: the minutes from order to
door.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from drawing import Draws

SEED: Final = 20260727
DAYS: Final = 112
PER_DAY: Final = 190
COURIERS: Final = 120

VEHICLES: Final = (("bicycle", 0.45), ("scooter", 0.40), ("car", 0.15))
METRES_PER_MINUTE: Final = {"bicycle": 240, "scooter": 380, "car": 330}
WEATHER: Final = (("clear", 0.56), ("rain", 0.27), ("fog", 0.10), ("snow", 0.07))
SLOWED: Final = {"clear": 1.0, "rain": 1.16, "fog": 1.08, "snow": 1.45}
SPARED_IN_A_CAR: Final = 0.5
"""The share of the weather's delay that a car does not suffer."""

HOURS: Final = (
    (11, 0.10),
    (12, 0.18),
    (13, 0.12),
    (14, 0.06),
    (17, 0.08),
    (18, 0.15),
    (19, 0.16),
    (20, 0.10),
    (21, 0.05),
)
RUSH: Final = {12: 1.12, 13: 1.08, 17: 1.14, 18: 1.30, 19: 1.18}
LONGEST: Final = 240


class Delivery(NamedTuple):
    """One delivery as it was known when it was ordered, and the minutes that it then took."""

    delivery: int
    day: int
    hour: int
    weekday: int
    distance_m: int
    stops_before: int
    dishes: int
    open_orders: int
    weather: str
    vehicle: str
    courier_days: int
    minutes: int


class _Courier(NamedTuple):
    vehicle: str
    joined: int


def deliveries(seed: int = SEED, days: int = DAYS) -> Iterator[Delivery]:
    """Simulate `days` days from day 0, a Monday; yield deliveries in the order of their days."""
    draws = Draws(seed)
    couriers = [_Courier(draws.one_of(VEHICLES), int(-200 * math.log(1 - draws.share()))) for _ in range(COURIERS)]
    number = 0
    for day in range(days):
        # The weather is looked up every six hours, so that lunch and dinner may differ.
        weather = {shift: draws.one_of(WEATHER) for shift in (1, 2, 3)}
        busy = 1.25 if day % 7 in (4, 5) else 1.0
        for _ in range(int(PER_DAY * busy)):
            yield _delivery(draws, number, day, couriers[draws.whole(0, COURIERS - 1)], weather)
            number += 1


def _delivery(draws: Draws, number: int, day: int, courier: _Courier, weather: dict[int, str]) -> Delivery:
    hour = draws.one_of(HOURS)
    rush = RUSH.get(hour, 1.0)
    asked = Delivery(
        delivery=number,
        day=day,
        hour=hour,
        weekday=day % 7,
        distance_m=int(min(9_000, 400 + 1_900 * math.exp(draws.normal(0.0, 0.6)))),
        stops_before=draws.one_of(((0, 0.42), (1, 0.33), (2, 0.17), (3, 0.08))),
        dishes=draws.whole(1, 9),
        open_orders=max(0, round(draws.normal(14 * rush**2, 6))),
        weather=weather[hour // 6],
        vehicle=courier.vehicle,
        courier_days=courier.joined + day,
        minutes=0,
    )
    return asked._replace(minutes=min(LONGEST, max(4, round(_minutes(draws, asked, rush)))))


def _minutes(draws: Draws, asked: Delivery, rush: float) -> float:
    """How long it takes: the kitchen, then the ride with its stops, then chance."""
    kitchen = 6 + 0.6 * asked.dishes + 0.04 * asked.open_orders * math.sqrt(asked.open_orders)
    slowed = SLOWED[asked.weather]
    if asked.vehicle == "car":
        slowed = 1 + (slowed - 1) * (1 - SPARED_IN_A_CAR)
        rush = rush**2
    learning = 1 + 0.35 * math.exp(-asked.courier_days / 40)
    ride = asked.distance_m / METRES_PER_MINUTE[asked.vehicle] * (1 + 0.12 * asked.stops_before)
    doors = 4.2 * asked.stops_before + 2
    trouble = 10 + 25 * draws.share() if draws.chance(0.03) else 0.0
    return (kitchen + (ride + doors) * slowed * rush * learning) * math.exp(draws.normal(0.0, 0.12)) + trouble
