//! The services outside: mail, payments and the bucket, as stand-ins that can be away.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use crate::{Proxy, StripeStandIn, TestApp, TestBucket, stripe_settings};

/// Backups are kept for so many days.
const RETENTION_DAYS: &str = "7";
const CRON_SECRET: &str = "a-cron-secret-that-only-tests-use-0123456789";

/// All services outside.
pub(super) struct Outside {
    pub(super) stripe: StripeStandIn,
    pub(super) bucket: TestBucket,
    pub(super) bucket_line: Proxy,
    /// Whether what Stripe tells gets lost.
    pub(super) loses_webhooks: bool,
    mail: MockServer,
    refuses_mail: Arc<AtomicBool>,
    stripe_url: String,
    mail_url: String,
    bucket_url: String,
}

struct MailProvider {
    refuses: Arc<AtomicBool>,
    taken: AtomicU64,
}

impl Respond for MailProvider {
    fn respond(&self, _request: &Request) -> ResponseTemplate {
        if self.refuses.load(Ordering::Relaxed) {
            return ResponseTemplate::new(503);
        }
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        ResponseTemplate::new(202).insert_header("X-Message-Id", format!("sg-{number}"))
    }
}

impl Outside {
    pub(super) async fn start() -> Self {
        let refuses_mail = Arc::new(AtomicBool::new(false));
        let mail = MockServer::start().await;
        let provider = MailProvider {
            refuses: Arc::clone(&refuses_mail),
            taken: AtomicU64::new(0),
        };
        Mock::given(any()).respond_with(provider).mount(&mail).await;
        let bucket = TestBucket::new().await;
        let endpoint = bucket.endpoint().to_owned();
        let bucket_line = Proxy::before(&endpoint).await;
        let stripe = StripeStandIn::start().await;
        Self {
            stripe_url: stripe.url(),
            mail_url: mail.uri(),
            bucket_url: bucket_line.lead(&endpoint).trim_end_matches('/').to_owned(),
            stripe,
            bucket,
            bucket_line,
            loses_webhooks: false,
            mail,
            refuses_mail,
        }
    }

    /// Returns the settings of an installation that uses them.
    pub(super) fn settings(&self) -> Vec<(&str, &str)> {
        let mut settings = stripe_settings(&self.stripe_url).to_vec();
        settings.extend(self.bucket.variables());
        settings.extend([
            ("S3_ENDPOINT", self.bucket_url.as_str()),
            ("BACKUP_RETENTION_DAYS", RETENTION_DAYS),
            // The machine's clock is not moved, so it differs from the database's.
            ("SUITE__MONITOR__CLOCK_SKEW_SECONDS", "1000000000"),
            ("SENDGRID_API_KEY", "SG.secret"),
            ("SENDGRID_API_URL", &self.mail_url),
            ("OPERATOR_EMAILS", "operator@example.com"),
            ("CRON_SECRET", CRON_SECRET),
            ("MAIL_FROM", "Employee Suite <suite@example.com>"),
        ]);
        settings
    }

    pub(super) fn refuse_mail(&self, refuses: bool) {
        self.refuses_mail.store(refuses, Ordering::Relaxed);
    }

    /// Returns the bodies of the mails that were taken or refused.
    pub(super) async fn mail_requests(&self) -> Vec<Request> {
        self.mail.received_requests().await.expect("recorded")
    }

    /// Calls as an outside cron service does.
    pub(super) async fn call_cron(&self, app: &TestApp) {
        let request = app
            .stranger()
            .request(reqwest::Method::POST, "/cron/send-trial-warnings");
        let answer = crate::Answer::of(request.bearer_auth(CRON_SECRET)).await;
        assert!(answer.status < 300, "{}", answer.text());
    }
}
