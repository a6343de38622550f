//! The pages, as a browser without JavaScript uses them.

mod inventory;
mod report_schedules;
mod reports;

use reqwest::Method;
use suite_tests::{Answer, Client, TestApp};

const PASSWORD: &str = "correct horse battery";

/// A browser: it keeps the session, asks for HTML, and says where its forms come from.
pub(super) struct Browser {
    client: Client,
    cookie: Option<String>,
}

impl Browser {
    fn new(app: &TestApp) -> Self {
        Self {
            client: app.stranger(),
            cookie: None,
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .client
            .request(method, path)
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    pub(super) async fn open(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    async fn send(&mut self, path: &str, fields: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("origin", self.client.url(""))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(fields.to_owned());
        let answer = Answer::of(request).await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(cookie.to_owned());
        }
        answer
    }

    async fn registered(app: &TestApp, name: &str) -> Self {
        let mut browser = Self::new(app);
        let fields = format!("name=Tea&email={name}%40example.com&password={PASSWORD}");
        let answer = browser.send("/register", &fields).await;
        assert_moved(&answer, "/");
        browser
    }

    pub(super) async fn with_store(app: &TestApp, name: &str) -> (Self, String) {
        let mut browser = Self::registered(app, name).await;
        let fields = "name=Tea+%26+%3Cb%3E&currency=gbp&timezone=Europe%2FLondon";
        assert_moved(&browser.send("/stores", fields).await, "/stores");
        let list = browser.open("/stores").await.expect(200).text();
        let (_, rest) = list.split_once("/overview?store_id=").unwrap();
        (browser, rest.split('"').next().unwrap().to_owned())
    }
}

fn assert_moved(answer: &Answer, to: &str) {
    answer.assert_status(303);
    assert_eq!(answer.header("location"), to);
}

#[tokio::test]
async fn a_stranger_is_asked_to_log_in_and_then_led_back() {
    let app = TestApp::new().await;
    app.register("ada@example.com", PASSWORD).await;
    let mut browser = Browser::new(&app);
    assert_moved(
        &browser.open("/jobs?state=dead").await,
        "/login?next=/jobs%3Fstate%3Ddead",
    );
    let fields = format!("email=Ada%40Example.com&password={PASSWORD}&next=/jobs%3Fstate%3Ddead");
    assert_moved(&browser.send("/login", &fields).await, "/jobs?state=dead");
    browser.open("/jobs?state=dead").await.assert_status(200);
    assert_moved(&browser.send("/logout", "").await, "/login");
    assert_moved(&browser.open("/tokens").await, "/login?next=/tokens");
}

#[tokio::test]
async fn a_wrong_password_is_told_like_an_unknown_address_and_the_typed_address_is_kept() {
    let app = TestApp::new().await;
    app.register("ada@example.com", PASSWORD).await;
    let mut browser = Browser::new(&app);
    let wrong = browser
        .send("/login", "email=ada%40example.com&password=wrong+password")
        .await
        .expect(401);
    let unknown = browser
        .send("/login", "email=eve%40example.com&password=wrong+password")
        .await
        .expect(401);
    assert!(wrong.text().contains("value=\"ada@example.com\""));
    assert_eq!(
        wrong.text().replace("ada@", ""),
        unknown.text().replace("eve@", "")
    );
    assert!(!wrong.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let app = TestApp::new().await;
    let (browser, store) = Browser::with_store(&app, "ada").await;
    for origin in [Some("https://evil.example"), Some("null"), None] {
        for path in [
            "/login",
            "/logout",
            "/tokens",
            &format!("/stores/{store}/delete"),
        ] {
            let mut request = browser
                .request(Method::POST, path)
                .header("content-type", "application/x-www-form-urlencoded");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let answer = Answer::of(request.body("name=x")).await;
            answer.assert_status(403);
        }
    }
    assert_eq!(
        app.value("SELECT count(*)::text FROM api_tokens").await,
        "0"
    );
}

#[tokio::test]
async fn a_store_that_is_made_by_a_form_has_its_pages() {
    let app = TestApp::new().await;
    let (browser, store) = Browser::with_store(&app, "ada").await;
    for path in [
        "/overview",
        "/orders",
        "/products",
        "/inventory",
        "/inventory/reorder",
        "/reports",
        "/imports",
        "/reports/new",
    ] {
        let page = browser.open(&format!("{path}?store_id={store}")).await;
        page.assert_status(200);
        assert!(page.text().contains("Tea &#38; &#60;b&#62;"), "{path}");
        assert!(!page.text().contains("<b>"), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"));
    }
    for path in ["/jobs", "/tokens", "/stores", "/stores/new"] {
        browser.open(path).await.assert_status(200);
    }
    let settings = browser.open(&format!("/stores/{store}")).await;
    assert!(settings.text().contains("value=\"GBP\""));
    let import = browser.open(&format!("/stores/{store}/import")).await;
    assert!(
        import
            .text()
            .contains(&format!("/v1/stores/{store}/imports"))
    );
}

#[tokio::test]
async fn what_a_form_gets_wrong_is_told_beside_it() {
    let app = TestApp::new().await;
    let mut browser = Browser::registered(&app, "ada").await;
    let page = browser
        .send("/stores", "name=&currency=POUND&timezone=London")
        .await
        .expect(422)
        .text();
    for told in ["Name must", "Currency is", "Timezone is", "value=\"POUND\""] {
        assert!(page.contains(told), "{told}");
    }
}

#[tokio::test]
async fn a_report_form_starts_the_same_job_as_the_api() {
    let app = TestApp::new().await;
    let (mut browser, store) = Browser::with_store(&app, "ada").await;
    let fields =
        format!("store_id={store}&from=2026-01-01&to=2026-02-28&group_by=month&group_by=country");
    let answer = browser.send("/reports", &fields).await;
    answer.assert_status(303);
    let page = browser.open(answer.header("location")).await.expect(200);
    assert!(page.text().contains("Revenue, 1 Jan 2026 to 28 Feb 2026"));
    assert!(page.text().contains("/events\""));
    let faulty = format!("store_id={store}&from=2026-03-01&to=2026-02-28");
    let page = browser.send("/reports", &faulty).await.expect(422);
    assert!(page.text().contains("must not lie before"));
}

/// Returns the key that a page gave its form.
fn form_key(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form_key\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_form_that_is_sent_twice_takes_effect_once() {
    let app = TestApp::new().await;
    let (mut browser, store) = Browser::with_store(&app, "ada").await;
    let key = form_key(&browser.open("/reports/new").await.text());
    let fields = |from: &str| {
        format!("store_id={store}&from={from}&to=2026-02-28&group_by=month&form_key={key}")
    };
    let first = browser.send("/reports", &fields("2026-01-01")).await;
    let again = browser.send("/reports", &fields("2026-01-01")).await;
    assert_moved(&again, first.header("location"));
    let other = browser.send("/reports", &fields("2026-01-02")).await;
    assert_ne!(other.header("location"), first.header("location"));
    assert_eq!(app.value("SELECT count(*)::text FROM reports").await, "2");

    let key = form_key(&browser.open("/tokens").await.text());
    let fields = format!("name=Nightly&form_key={key}");
    let page = browser.send("/tokens", &fields).await.expect(200).text();
    assert!(page.contains("value=\"es_"));
    let page = browser.send("/tokens", &fields).await.expect(200).text();
    assert!(page.contains("made and shown before") && !page.contains("value=\"es_"));
    assert_eq!(
        app.value("SELECT count(*)::text FROM api_tokens").await,
        "1"
    );
}

#[tokio::test]
async fn a_new_token_is_shown_once_and_opens_the_api() {
    let app = TestApp::new().await;
    let mut browser = Browser::registered(&app, "ada").await;
    let page = browser
        .send("/tokens", "name=Nightly")
        .await
        .expect(200)
        .text();
    let (_, rest) = page.split_once("value=\"es_").unwrap();
    let token = format!("es_{}", rest.split('"').next().unwrap());
    let program = app.stranger().with_token(&token);
    program.get("/v1/me").await.assert_status(200);
    assert!(!browser.open("/tokens").await.text().contains(&token));
}

#[tokio::test]
async fn another_accounts_things_are_answered_like_unknown_ones() {
    let app = TestApp::new().await;
    let (_, store) = Browser::with_store(&app, "ada").await;
    let eve = Browser::registered(&app, "eve").await;
    let nowhere = uuid::Uuid::now_v7();
    for path in [
        "/stores/{}",
        "/stores/{}/import",
        "/overview?store_id={}",
        "/orders?store_id={}",
    ] {
        let theirs = eve.open(&path.replace("{}", &store)).await.expect(404);
        let unknown = eve
            .open(&path.replace("{}", &nowhere.to_string()))
            .await
            .expect(404);
        let without_id = |answer: &Answer| {
            let id = answer.header("x-request-id").to_owned();
            answer.text().replace(&id, "")
        };
        assert_eq!(without_id(&theirs), without_id(&unknown), "{path}");
    }
    for path in ["/jobs/{}", "/imports/{}", "/reports/{}", "/orders/{}"] {
        let page = eve.open(&path.replace("{}", &nowhere.to_string())).await;
        page.assert_status(404);
    }
}

#[tokio::test]
async fn failures_are_pages_for_browsers_and_problems_for_programs() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let page = browser.open("/nowhere").await.expect(404);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("There is no such page"));
    assert!(page.text().contains(page.header("x-request-id")));
    let problem = browser.open("/v1/nowhere").await.expect(404);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let problem = app.stranger().get("/nowhere").await.expect(404);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let method = Answer::of(browser.request(Method::DELETE, "/login")).await;
    method.assert_status(405);
    assert!(method.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn files_of_pages_are_kept_for_good_and_named_after_their_content() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let page = browser.open("/login").await.expect(200).text();
    let (_, rest) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let style = browser
        .open(rest.split('"').next().unwrap())
        .await
        .expect(200);
    assert!(style.header("cache-control").contains("immutable"));
    assert!(style.header("content-type").starts_with("text/css"));
    browser.open("/static/style-0.css").await.assert_status(404);
}
