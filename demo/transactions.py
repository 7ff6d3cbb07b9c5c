"""Synthetic payments for the model `fraud-detection`: all are made up, no real person, account or bank is in them.

The generator imitates PaySim (Lopez-Rojas, Elmir and Axelsson, EMSS 2016), a simulation of mobile money: customers
pay, withdraw, deposit and transfer hour by hour; now and then somebody takes an account over, uses a stolen card, or
talks a customer into a transfer, and empties the account. Unlike PaySim it keeps what a bank knows of a customer at
the time of each payment (usual amounts, recent payments, known payees), lets honest customers move large sums too,
and names each customer's region and age band, so that decisions can be compared between groups. About one payment
in seventy is fraud. A fraud is confirmed one to thirty days after the payment.

`reported` is not the truth: it marks what the task force of one harbour branch reported, mostly honest transfers to
new payees. It is there so that a release can be taught a prejudice and be caught.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

from drawing import Draws

SEED: Final = 20260518
DAYS: Final = 150
CUSTOMERS: Final = 2000
MERCHANTS: Final = 400

PER_DAY: Final = 0.40
"""Payments that a customer starts on a day, on average."""

INCIDENTS_PER_DAY: Final = 6.0
HOURS: Final = 24
USUAL_HOURS: Final = 30 * HOURS
CONFIRMED_WITHIN: Final = 30
"""Days after which every fraud is known as such."""

NEVER: Final = -1
"""The day on which an honest payment is confirmed as fraud."""

REGIONS: Final = {
    "north": ("b01", "b02", "b03", "b04"),
    "south": ("b05", "b06", "b07", "b08"),
    "inland": ("b09", "b10", "b11"),
    "harbour": ("b12",),
}
BRANCHES: Final = tuple(
    (branch, share / len(REGIONS[region]))
    for region, share in (("north", 0.35), ("south", 0.34), ("inland", 0.25), ("harbour", 0.06))
    for branch in REGIONS[region]
)
AGE_BANDS: Final = (("18-25", 0.16), ("26-40", 0.34), ("41-65", 0.36), ("66+", 0.14))
TYPES: Final = (("PAYMENT", 0.45), ("CASH_OUT", 0.19), ("CASH_IN", 0.16), ("TRANSFER", 0.14), ("DEBIT", 0.06))
USUAL_AMOUNT: Final = {"PAYMENT": 3_500, "CASH_OUT": 9_000, "CASH_IN": 16_000, "TRANSFER": 15_000, "DEBIT": 5_000}
"""Cents in the middle of the amounts of a type, for a customer of middle income."""

HONEST_AGE: Final = 400
MULE_AGE: Final = 60
"""Days that an account is old, on average, when a customer first pays it, and when a thief has money sent to it."""

INCIDENTS: Final = (("takeover", 0.58), ("card", 0.27), ("scam", 0.15))


class Payee(NamedTuple):
    """Who is paid: a merchant, an agent who hands out cash, or another customer; opened that many days before day 0."""

    number: int
    kind: str
    opened: int


class Payment(NamedTuple):
    """One payment as the bank sees it before it decides, and what became known later. Amounts are cents."""

    transaction: int
    step: int
    day: int
    hour: int
    weekday: int
    customer: int
    type: str
    amount: int
    balance_before: int
    permille_of_balance: int
    payee_kind: str
    payee_age_days: int
    new_payee: int
    payments_24h: int
    mean_amount_30d: int
    account_age_days: int
    home_branch: str
    region: str
    age_band: str
    fraud: int
    confirmed_day: int
    reported: int


@dataclass
class _Customer:
    number: int
    branch: str
    region: str
    age_band: str
    income: float
    opened: int
    balance: int
    known: list[Payee] = field(default_factory=list)
    recent: deque[tuple[int, int]] = field(default_factory=deque)


@dataclass(frozen=True)
class _Attempt:
    """A payment that somebody is about to make."""

    hour: int
    customer: _Customer
    type: str
    amount: int
    payee: Payee
    fraud: bool


def payments(seed: int = SEED, days: int = DAYS) -> Iterator[Payment]:
    """Simulate `days` days from day 0, a Monday; yield payments in the order in which they happened."""
    bank = _Bank(seed)
    return chain.from_iterable(bank.day(day) for day in range(days))


class _Bank:
    """Customers with their balances and habits, and the payments that they make or suffer."""

    def __init__(self, seed: int) -> None:
        self._draws = Draws(seed)
        self._merchants = [self._merchant(number) for number in range(MERCHANTS)]
        self._customers = [self._customer(number) for number in range(CUSTOMERS)]
        self._made = 0

    def day(self, day: int) -> Iterator[Payment]:
        """All payments of one day, in order."""
        attempts = [attempt for customer in self._customers for attempt in self._usual(customer, day)]
        for _ in range(self._count(INCIDENTS_PER_DAY)):
            attempts.extend(self._incident(day))
        for attempt in sorted(attempts, key=lambda one: one.hour):
            if attempt.amount > 0 and (attempt.type == "CASH_IN" or attempt.amount <= attempt.customer.balance):
                yield self._pay(attempt, day)

    def _merchant(self, number: int) -> Payee:
        kind = "merchant" if self._draws.chance(0.8) else "agent"
        return Payee(CUSTOMERS + number, kind, self._draws.whole(10, 3000))

    def _customer(self, number: int) -> _Customer:
        branch = self._draws.one_of(BRANCHES)
        income = math.exp(self._draws.normal(0.0, 0.5))
        return _Customer(
            number=number,
            branch=branch,
            region=next(region for region, branches in REGIONS.items() if branch in branches),
            age_band=self._draws.one_of(AGE_BANDS),
            income=income,
            opened=int(30 - 900 * math.log(1 - self._draws.share())),
            balance=int(150_000 * income * math.exp(self._draws.normal(0.0, 0.8))),
        )

    def _count(self, mean: float) -> int:
        """A Poisson number: how often something happens that happens `mean` times on average."""
        happened, left = 0, self._draws.share()
        probability = math.exp(-mean)
        while left >= probability and happened < 20:
            left -= probability
            happened += 1
            probability *= mean / happened
        return happened

    def _usual(self, customer: _Customer, day: int) -> Iterator[_Attempt]:
        draws = self._draws
        for _ in range(self._count(PER_DAY)):
            hour = min(23, max(0, round(draws.normal(14, 4.5))))
            kind = draws.one_of(TYPES)
            amount = int(USUAL_AMOUNT[kind] * customer.income * math.exp(draws.normal(0.0, 0.85)))
            payee = self._usual_payee(customer, kind)
            if kind == "TRANSFER" and draws.chance(0.06):
                # A flat, a car, a move to another bank: honest, and alike to a theft.
                amount, payee = int(customer.balance * (0.4 + 0.6 * draws.share())), self._stranger(day, HONEST_AGE)
            if kind == "CASH_IN" and customer.balance > 600_000 * customer.income:
                continue
            yield _Attempt(hour, customer, kind, amount, payee, fraud=False)

    def _usual_payee(self, customer: _Customer, kind: str) -> Payee:
        draws = self._draws
        if customer.known and draws.chance(0.78):
            known = customer.known[draws.whole(0, len(customer.known) - 1)]
            if (known.kind == "customer") == (kind == "TRANSFER"):
                return known
        if kind == "TRANSFER":
            other = self._customers[draws.whole(0, len(self._customers) - 1)]
            return Payee(other.number, "customer", other.opened)
        return self._merchants[draws.whole(0, MERCHANTS - 1)]

    def _stranger(self, day: int, age: int) -> Payee:
        """An account that nobody has paid before, `age` days old on average."""
        number = CUSTOMERS + MERCHANTS + self._draws.whole(0, 10**9)
        return Payee(number, "customer", int(-age * math.log(1 - self._draws.share())) - day)

    def _incident(self, day: int) -> Sequence[_Attempt]:
        draws = self._draws
        victim = self._customers[draws.whole(0, len(self._customers) - 1)]
        kind = draws.one_of(INCIDENTS)
        night = draws.chance(0.45)
        hour = draws.whole(0, 5) if night and kind != "scam" else draws.whole(7, 22)
        if kind == "scam":
            amount = int(victim.balance * (0.25 + 0.6 * draws.share()))
            return [_Attempt(hour, victim, "TRANSFER", amount, self._stranger(day, MULE_AGE), fraud=True)]
        left, attempts, mule = victim.balance, [], self._stranger(day, MULE_AGE)
        for _ in range(draws.whole(1, 3) if kind == "takeover" else draws.whole(2, 4)):
            if kind == "takeover":
                amount, way, payee = int(left * (0.35 + 0.65 * draws.share())), "TRANSFER", mule
            else:
                way = "PAYMENT" if draws.chance(0.6) else "CASH_OUT"
                amount = int(min(left, 20_000 * math.exp(draws.normal(0.0, 0.7))))
                payee = self._merchants[draws.whole(0, MERCHANTS - 1)]
            left -= amount
            attempts.append(_Attempt(hour, victim, way, amount, payee, fraud=True))
        return attempts

    def _pay(self, attempt: _Attempt, day: int) -> Payment:
        """Let the payment happen; what the bank knew is taken before."""
        draws, customer, payee = self._draws, attempt.customer, attempt.payee
        step = day * HOURS + attempt.hour
        while customer.recent and customer.recent[0][0] < step - USUAL_HOURS - 6:
            customer.recent.popleft()
        # Spending habits are brought up to date every six hours, accounts daily at 02:00.
        known_until = step - step % 6
        habit = [amount for at, amount in customer.recent if known_until - USUAL_HOURS <= at < known_until]
        new = payee not in customer.known
        reported = (
            customer.region == "harbour"
            and attempt.type == "TRANSFER"
            and new
            and attempt.amount > 25_000
            and draws.chance(0.85)
        )
        payment = Payment(
            transaction=self._made,
            step=step,
            day=day,
            hour=attempt.hour,
            weekday=day % 7,
            customer=customer.number,
            type=attempt.type,
            amount=attempt.amount,
            balance_before=customer.balance,
            permille_of_balance=0 if attempt.type == "CASH_IN" else attempt.amount * 1000 // customer.balance,
            payee_kind=payee.kind,
            payee_age_days=payee.opened + day,
            new_payee=int(new),
            payments_24h=sum(1 for at, _ in customer.recent if at > step - HOURS),
            mean_amount_30d=sum(habit) // len(habit) if habit else 0,
            account_age_days=customer.opened + (step - 2) // HOURS,
            home_branch=customer.branch,
            region=customer.region,
            age_band=customer.age_band,
            fraud=int(attempt.fraud),
            confirmed_day=day + draws.whole(1, CONFIRMED_WITHIN) if attempt.fraud else NEVER,
            reported=int(reported),
        )
        self._settle(attempt, step)
        return payment

    def _settle(self, attempt: _Attempt, step: int) -> None:
        customer = attempt.customer
        customer.balance += attempt.amount if attempt.type == "CASH_IN" else -attempt.amount
        customer.recent.append((step, attempt.amount))
        if not attempt.fraud and attempt.payee not in customer.known:
            customer.known = [*customer.known[-11:], attempt.payee]
        if customer.balance < 40_000 * customer.income:
            # Wages come in by a way that is no payment.
            customer.balance += int(180_000 * customer.income)
        self._made += 1
