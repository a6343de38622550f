use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use suite_api::{App, Server, Stop};
use suite_core::{
    clock::Clock,
    config::{Purpose, Settings},
    credentials::{TokenKind, issue_token},
    id::AccountId,
};
use suite_db::{
    Db,
    accounts::{self, NewAccount},
    api_tokens,
};
use suite_queue::Broker;

use crate::{
    Client, OwnServers, Proxy, RedisSpace, Servers, TestDb, aside::run_aside, mail::MailDirectory,
};

/// When the fixed clock of every test stands.
const NOW: &str = "2026-03-02T10:00:00Z";
const SECRET_KEY: &str = "a-secret-key-that-only-tests-use-0123456789";

/// The lines to servers of a test's own, each of which can be cut.
pub struct Lines {
    /// To PostgreSQL.
    pub postgres: Proxy,
    /// To Redis.
    pub redis: Proxy,
}

/// A whole installation for one test: database, Redis keys, server, and a clock that stands still.
pub struct TestApp {
    /// The settings of the server; workers get the same.
    pub settings: Settings,
    /// The clock that server and workers go by; jobs are due by the database's.
    pub clock: Clock,
    /// A pool with the rights of the application.
    pub db: Db,
    /// Redis as the server sees it.
    pub broker: Broker,
    /// The keys in Redis.
    pub redis: RedisSpace,
    pub(crate) variables: BTreeMap<String, String>,
    http: reqwest::Client,
    address: SocketAddr,
    stop: Stop,
    forbids_leftovers: bool,
    mails: MailDirectory,
    /// Goes last, when nothing uses it any more.
    pub database: TestDb,
}

impl TestApp {
    /// Starts one with the settings that suit most tests.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Starts one with some settings of its own: variables and values as in the environment.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on_redis(RedisSpace::new(), settings).await
    }

    /// Starts one on a Redis that the test has chosen; it may be away.
    pub async fn on_redis(redis: RedisSpace, settings: &[(&str, &str)]) -> Self {
        Self::start(TestDb::new().await, redis, settings).await
    }

    /// Starts one whose PostgreSQL can go away.
    pub async fn before_database(settings: &[(&str, &str)]) -> (Self, Proxy) {
        let database = TestDb::new().await;
        let proxy = Proxy::before(&database.url()).await;
        let url = proxy.lead(&database.url());
        let settings = [&[("DATABASE_URL", url.as_str())], settings].concat();
        let app = Self::start(database, RedisSpace::new(), &settings).await;
        (app, proxy)
    }

    /// Starts one whose Redis can go away.
    pub async fn before_redis(settings: &[(&str, &str)]) -> (Self, Proxy) {
        let url = Servers::from_environment().redis_url;
        let proxy = Proxy::before(&url).await;
        let app = Self::on_redis(RedisSpace::at(proxy.lead(&url)), settings).await;
        (app, proxy)
    }

    /// Starts one on servers of its own, each behind a proxy: the test may break any of them.
    pub async fn on_own(servers: &OwnServers, settings: &[(&str, &str)]) -> (Self, Lines) {
        let database = TestDb::on(servers.addresses().clone()).await;
        let lines = Lines {
            postgres: Proxy::before(&database.url()).await,
            redis: Proxy::before(&servers.addresses().redis_url).await,
        };
        let url = lines.postgres.lead(&database.url());
        let redis = RedisSpace::at(lines.redis.lead(&servers.addresses().redis_url));
        let settings = [&[("DATABASE_URL", url.as_str())], settings].concat();
        (Self::start(database, redis, &settings).await, lines)
    }

    pub(crate) async fn start(
        database: TestDb,
        redis: RedisSpace,
        settings: &[(&str, &str)],
    ) -> Self {
        // The second call is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut variables = variables(&database, &redis);
        let mails = MailDirectory::new();
        variables.insert("SUITE__MAIL__DIRECTORY".to_owned(), mails.path());
        for (name, value) in settings {
            variables.insert((*name).to_owned(), (*value).to_owned());
        }
        let settings = Settings::from_variables(variables.clone(), Purpose::Api)
            .unwrap_or_else(|faults| panic!("the test's settings are wrong: {faults}"));
        let clock = Clock::fixed(now());
        let db = Db::new(&settings.database, "suite-tests").await.unwrap();
        let broker = Broker::new(&settings.redis, db.clone()).unwrap();
        let app = App::new(settings.clone(), db.clone(), broker.clone(), clock.clone());
        let server = Server::bind(app).expect("a free port can be had");
        let (address, stop) = (server.address(), server.stopper());
        tokio::spawn(server.run());
        Self {
            settings,
            clock,
            db,
            broker,
            redis,
            variables,
            http: http_client(),
            address,
            stop,
            forbids_leftovers: false,
            mails,
            database,
        }
    }

    /// Returns the mails that were sent so far, in the order in which they were written.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        self.mails.read()
    }

    /// Makes the end of the test fail when a job is still waiting or running then.
    pub fn forbid_leftovers(&mut self) {
        self.forbids_leftovers = true;
    }

    /// Returns where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a client that nobody has introduced.
    #[must_use]
    pub fn stranger(&self) -> Client {
        Client {
            http: self.http.clone(),
            base: format!("http://{}", self.address),
            token: None,
            account_id: None,
        }
    }

    /// Makes an account, without the ceremony of registering, and returns a client with its token.
    pub async fn account(&self) -> Client {
        let now = self.clock.now();
        let mut tx = self.db.fleet().await.unwrap();
        let new = NewAccount {
            name: "Test merchant".to_owned(),
            email: format!("{}@example.com", AccountId::new()),
            password_hash: "no password opens this".to_owned(),
            // Also beyond the real time, by which programs of their own process go.
            trial_ends_at: now + chrono::TimeDelta::days(36_500),
        };
        let made = accounts::create(&mut tx, &new, now).await.unwrap();
        tx.commit().await.unwrap();
        self.member_of(made.account_id).await
    }

    /// Makes a token of an account and returns a client with it.
    pub async fn member_of(&self, account_id: AccountId) -> Client {
        let token = issue_token(TokenKind::Api, account_id);
        let mut tx = self.db.account(account_id).await.unwrap();
        api_tokens::create(&mut tx, "test", &token, self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Client {
            token: Some(token.text.expose_secret().to_owned()),
            account_id: Some(account_id),
            ..self.stranger()
        }
    }

    /// Registers somebody over HTTP and returns the session's cookie, `name=value`.
    pub async fn register(&self, email: &str, password: &str) -> String {
        let body = serde_json::json!({"email": email, "password": password});
        let answer = self.stranger().post("/v1/auth/register", &body).await;
        answer.assert_status(201);
        let cookie = answer.header("set-cookie").split(';').next();
        cookie.expect("a session begins").to_owned()
    }

    /// Runs SQL over all accounts and returns the rows as text.
    pub async fn sql(&self, text: &str) -> Vec<Vec<String>> {
        self.database.sql(text).await
    }

    /// Runs SQL over all accounts and returns the one value it gives, as text.
    pub async fn value(&self, text: &str) -> String {
        self.database.value(text).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let stop = self.stop.clone();
        if tokio::runtime::Handle::try_current().is_ok() {
            tokio::spawn(async move { stop.now().await });
        }
        if self.forbids_leftovers && !std::thread::panicking() {
            let url = self.database.url();
            run_aside(async move {
                let live = crate::jobs::live_jobs(&url).await;
                assert!(live.is_empty(), "jobs are left over: {live:#?}");
            });
        }
    }
}

/// Everything that programs of this installation are told; spawned ones get the same.
fn variables(database: &TestDb, redis: &RedisSpace) -> BTreeMap<String, String> {
    let pairs = [
        ("DATABASE_URL", database.url().as_str()),
        ("REDIS_URL", redis.url()),
        ("SUITE__REDIS__PREFIX", redis.prefix()),
        // A machine that runs several tests at a time is slow now and then; that is not what is tested.
        ("SUITE__REDIS__COMMAND_TIMEOUT_MS", "2000"),
        ("SUITE__DATABASE__ACQUIRE_TIMEOUT_MS", "10000"),
        ("SUITE__DATABASE__CONNECT_TIMEOUT_MS", "10000"),
        ("SUITE__DATABASE__POOL_SIZE", "6"),
        ("SECRET_KEY", SECRET_KEY),
        ("ENCRYPTION_KEY", SECRET_KEY),
        ("SUITE__HTTP__PORT", "0"),
        ("SUITE__HTTP__THREADS", "1"),
        ("SUITE__LIMITS__ACCOUNT_PER_MINUTE", "1000000"),
        ("SUITE__LIMITS__TOKEN_PER_MINUTE", "1000000"),
        ("SUITE__LIMITS__ADDRESS_PER_MINUTE", "1000000"),
        ("SUITE__LIMITS__LOGIN_PER_MINUTE", "1000000"),
        ("SUITE__LIMITS__LINKS_PER_MINUTE", "1000000"),
        ("SUITE__LIMITS__MAILS_PER_HOUR", "1000000"),
        ("SUITE__WORKER__CONCURRENCY", "4"),
        ("SUITE__WORKER__LEASE_SECONDS", "3"),
        ("SUITE__WORKER__KEEPER_INTERVAL_MS", "100"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    pairs.into_iter().collect()
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("a valid time")
}

fn http_client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(60))
        // The server closes what was idle for fifteen seconds: a request on its way at that moment would be lost.
        .pool_idle_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client can be built")
}
