use std::{collections::BTreeMap, time::Duration};

/// How fast an outside service may be asked, by all workers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRate {
    /// Requests in a `window`, spread evenly.
    pub requests: u32,
    /// The time in which they may be made.
    pub window: Duration,
    /// How many may come at once.
    pub burst: u32,
}

impl ServiceRate {
    /// Returns the time from one request to the next, at a steady rate.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.window / self.requests.max(1)
    }

    /// Reads `REQUESTS/SECONDS` or `REQUESTS/SECONDS/BURST`; without a burst it is a tenth of the requests.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(|part| part.trim().parse::<u32>().ok());
        let requests = parts.next()?.filter(|requests| *requests > 0)?;
        let seconds = parts.next()?.filter(|seconds| *seconds > 0)?;
        let burst = match parts.next() {
            Some(burst) => burst.filter(|burst| *burst > 0)?,
            None => (requests / 10).max(1),
        };
        parts.next().is_none().then_some(Self {
            requests,
            window: Duration::from_secs(u64::from(seconds)),
            burst,
        })
    }
}

/// The rates of the services that have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceRates(BTreeMap<String, ServiceRate>);

impl ServiceRates {
    /// Reads items such as `sendgrid=600/60` or `stripe=100/1/25`.
    ///
    /// # Errors
    /// What is wrong with which item.
    pub fn parse(items: &[String]) -> Result<Self, String> {
        let read = |item: &String| {
            let (name, rate) = item.split_once('=')?;
            Some((name.trim().to_owned(), ServiceRate::parse(rate)?))
        };
        let rates = items.iter().map(|item| {
            read(item).ok_or_else(|| format!("{item:?} is not NAME=REQUESTS/SECONDS/BURST"))
        });
        rates.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the rate of a service, or of its family.
    #[must_use]
    pub fn of(&self, service: &str) -> Option<ServiceRate> {
        let family = service.split(':').next().unwrap_or(service);
        self.0.get(service).or_else(|| self.0.get(family)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_with_and_without_a_burst() {
        let items = ["sendgrid=600/60".to_owned(), "shopify = 40/20/5".to_owned()];
        let rates = ServiceRates::parse(&items).unwrap();
        let sendgrid = rates.of("sendgrid").unwrap();
        assert_eq!(
            (sendgrid.interval(), sendgrid.burst),
            (Duration::from_millis(100), 60)
        );
        let shopify = rates.of("shopify:17").unwrap();
        assert_eq!(
            (shopify.interval(), shopify.burst),
            (Duration::from_millis(500), 5)
        );
        assert_eq!(rates.of("stripe"), None);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for item in [
            "stripe",
            "stripe=1",
            "stripe=0/1",
            "stripe=1/0",
            "stripe=1/1/0",
            "stripe=1/1/1/1",
        ] {
            let fault = ServiceRates::parse(&[item.to_owned()]).unwrap_err();
            assert!(fault.contains(item), "{fault}");
        }
    }
}
