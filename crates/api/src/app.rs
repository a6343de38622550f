use std::sync::Arc;

use suite_core::{clock::Clock, config::Settings};
use suite_db::Db;
use suite_queue::{Broker, Cache};
use suite_stripe::Stripe;
use tokio_util::sync::CancellationToken;

use crate::{limits::Limits, passwords::Passwords};

/// Everything that handlers need; made once and shared by all server threads. Clones share it.
#[derive(Clone)]
pub struct App {
    /// The settings of the process.
    pub settings: Arc<Settings>,
    /// PostgreSQL.
    pub db: Db,
    /// Redis.
    pub broker: Broker,
    /// What time it is.
    pub clock: Clock,
    /// Ends the streams of events, so that open ones do not hold up the end of the server.
    pub(crate) stopping: CancellationToken,
    pub(crate) passwords: Passwords,
    pub(crate) limits: Limits,
    /// Answers that are kept.
    pub(crate) cache: Cache,
    /// Stripe, if payments are set up.
    pub(crate) stripe: Option<Stripe>,
}

impl App {
    /// Puts together what the server needs.
    #[must_use]
    pub fn new(settings: Settings, db: Db, broker: Broker, clock: Clock) -> Self {
        Self {
            cache: broker.cache(&settings.cache),
            stripe: stripe(&settings),
            limits: Limits::new(&settings.limits, broker.rate_limiter()),
            settings: Arc::new(settings),
            db,
            broker,
            clock,
            stopping: CancellationToken::new(),
            passwords: Passwords::new(),
        }
    }
}

/// A key that cannot be used leaves payments out, and says so: everything else works without.
fn stripe(settings: &Settings) -> Option<Stripe> {
    Stripe::of(&settings.billing).unwrap_or_else(|error| {
        tracing::error!(cause = error.chain(), "payments are not set up");
        None
    })
}
