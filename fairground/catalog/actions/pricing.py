"""The price of a home price in every market."""

from dataclasses import dataclass, field

from fairground.catalog.rules import market_price_minor
from fairground.kernel.money import Money
from fairground.markets.rules import Rate, ReferenceRates

# Home prices repeat (19,406 products had 1,936 different ones); more than these are worked out again.
_REMEMBERED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class MarketPricing:
    """Markets with their currencies, and the rates by which goods are priced there."""

    currencies: dict[str, str]
    rates: ReferenceRates
    _rates_of_home: dict[str, list[Rate]] = field(default_factory=dict)
    _remembered: dict[Money, list[int]] = field(default_factory=dict)

    def prices_minor(self, home: Money) -> list[int]:
        """Return the price in each of `currencies`, in their order.

        :raises KeyError: the home currency has no reference rate
        """
        prices = self._remembered.get(home)
        if prices is None:
            prices = [
                market_price_minor(home=home, rate=rate, currency=currency)
                for rate, currency in zip(self._rates(home.currency), self.currencies.values(), strict=True)
            ]
            if len(self._remembered) < _REMEMBERED_MAX:
                self._remembered[home] = prices
        return prices

    def _rates(self, home_currency: str) -> list[Rate]:
        if home_currency not in self._rates_of_home:
            self._rates_of_home[home_currency] = [
                self.rates.between(source=home_currency, target=currency) for currency in self.currencies.values()
            ]
        return self._rates_of_home[home_currency]
