//! What surrounds the content of every page for a member: the way around, the store in view, and who is logged in.

use chrono_tz::Tz;
use suite_core::{Error, id::StoreId};
use suite_db::{
    AccountTx,
    stores::{self, Store},
    users,
};
use uuid::Uuid;

use super::{
    assets::{self, Addresses},
    visitor::Visitor,
};
use crate::{
    App,
    extract::Via,
    problem::{ApiResult, Problem},
};

/// The menu names so many stores; the list of stores has all.
const STORES_IN_MENU: i64 = 50;

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) title: String,
    pub(super) assets: &'static Addresses,
    /// The address of who is logged in; empty for a program.
    pub(super) who: String,
    pub(super) stores: Vec<StoreLink>,
    pub(super) store: Option<StoreInView>,
    /// Tells the forms of this page from those of every other, also of the same page loaded again.
    pub(super) form_key: Uuid,
    /// Whether a browser without JavaScript should load the page again after some seconds.
    pub(super) is_live: bool,
    /// Whether the account may only be read and paid for.
    pub(super) is_locked: bool,
    section: Section,
}

/// The parts of the site, as the menu names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Orders,
    Products,
    Inventory,
    Reports,
    Imports,
    Jobs,
    Stores,
    Tokens,
    Billing,
    Account,
}

/// An entry of the menu.
#[derive(Debug)]
pub(super) struct NavLink {
    pub(super) label: &'static str,
    pub(super) address: String,
    pub(super) is_current: bool,
}

/// A store in the menu.
#[derive(Debug)]
pub(super) struct StoreLink {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) is_current: bool,
}

/// The store that the page is about.
#[derive(Debug, Clone)]
pub(super) struct StoreInView {
    pub(super) id: StoreId,
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) timezone: String,
    zone: Tz,
}

impl Section {
    /// The sections that show one store's things, and those of the whole account.
    const OF_STORE: [Self; 6] = [
        Self::Overview,
        Self::Orders,
        Self::Products,
        Self::Inventory,
        Self::Reports,
        Self::Imports,
    ];
    const OF_ACCOUNT: [Self; 5] = [
        Self::Jobs,
        Self::Stores,
        Self::Tokens,
        Self::Billing,
        Self::Account,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Orders => "Orders",
            Self::Products => "Products",
            Self::Inventory => "Inventory",
            Self::Reports => "Reports",
            Self::Imports => "Imports",
            Self::Jobs => "Jobs",
            Self::Stores => "Stores",
            Self::Tokens => "API tokens",
            Self::Account => "Account",
            Self::Billing => "Billing",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/overview",
            Self::Orders => "/orders",
            Self::Products => "/products",
            Self::Inventory => "/inventory",
            Self::Reports => "/reports",
            Self::Imports => "/imports",
            Self::Jobs => "/jobs",
            Self::Stores => "/stores",
            Self::Tokens => "/tokens",
            Self::Account => "/account",
            Self::Billing => "/billing",
        }
    }
}

impl Shell {
    /// Begins a page: the transaction goes on to read what the page shows.
    pub(super) async fn open(
        app: &App,
        who: &Visitor,
        section: Section,
        title: impl Into<String>,
    ) -> ApiResult<(AccountTx, Self)> {
        let mut tx = app.db.account(who.0.account_id).await?;
        let shell = Self::load(&mut tx, who, section, title.into(), None).await?;
        Ok((tx, shell))
    }

    /// Begins a page about one store: the one asked for, or the first. Who has none is asked to make one.
    pub(super) async fn open_store(
        app: &App,
        who: &Visitor,
        section: Section,
        wanted: Option<StoreId>,
    ) -> ApiResult<(AccountTx, Self, StoreInView)> {
        let mut tx = app.db.account(who.0.account_id).await?;
        let store = match wanted {
            Some(id) => stores::get(&mut tx, id)
                .await?
                .ok_or(Error::NotFound { what: "store" })?,
            None => stores::list(&mut tx, None, 1)
                .await?
                .pop()
                .ok_or_else(|| Problem::see_other("/stores/new"))?,
        };
        let store = StoreInView::from(store);
        let title = section.label().to_owned();
        let shell = Self::load(&mut tx, who, section, title, Some(store.clone())).await?;
        Ok((tx, shell, store))
    }

    async fn load(
        tx: &mut AccountTx,
        who: &Visitor,
        section: Section,
        title: String,
        store: Option<StoreInView>,
    ) -> ApiResult<Self> {
        let user = match who.0.via {
            Via::Session(id) => users::get(tx, id).await?,
            Via::Token(_) | Via::Link => None,
        };
        let rows = stores::list(tx, None, STORES_IN_MENU).await?;
        let current = store.as_ref().map(|store| store.id);
        Ok(Self {
            title,
            assets: assets::addresses(),
            who: user.map(|user| user.email).unwrap_or_default(),
            stores: rows
                .into_iter()
                .map(|row| StoreLink {
                    address: format!("{}?store_id={}", section.path_of_store(), row.id),
                    is_current: Some(row.id) == current,
                    name: row.name,
                })
                .collect(),
            store,
            form_key: Uuid::now_v7(),
            is_live: false,
            is_locked: who.0.is_locked,
            section,
        })
    }

    /// Makes a page without JavaScript come again while something is under way.
    pub(super) fn live(&mut self, is_live: bool) {
        self.is_live = is_live;
    }

    /// The menu of the store in view.
    pub(super) fn store_links(&self) -> Vec<NavLink> {
        let store = self.store.as_ref().map(|store| store.id);
        Section::OF_STORE
            .map(|section| NavLink {
                label: section.label(),
                address: match store {
                    Some(id) => format!("{}?store_id={id}", section.path()),
                    None => section.path().to_owned(),
                },
                is_current: section == self.section,
            })
            .into()
    }

    /// The menu of the account.
    pub(super) fn account_links(&self) -> Vec<NavLink> {
        Section::OF_ACCOUNT
            .map(|section| NavLink {
                label: section.label(),
                address: section.path().to_owned(),
                is_current: section == self.section,
            })
            .into()
    }

    /// What the menu of stores is called while it is closed.
    pub(super) fn store_name(&self) -> &str {
        self.store
            .as_ref()
            .map_or("Choose a store", |store| store.name.as_str())
    }

    /// A frame for tests of templates.
    #[cfg(test)]
    pub(super) fn sample(text: &str) -> Self {
        let store = StoreInView {
            id: StoreId::from(uuid::Uuid::nil()),
            name: text.to_owned(),
            currency: text.to_owned(),
            timezone: text.to_owned(),
            zone: Tz::UTC,
        };
        Self {
            title: text.to_owned(),
            assets: assets::addresses(),
            who: text.to_owned(),
            stores: vec![StoreLink {
                name: text.to_owned(),
                address: text.to_owned(),
                is_current: true,
            }],
            store: Some(store),
            form_key: Uuid::nil(),
            is_live: true,
            is_locked: true,
            section: Section::Overview,
        }
    }
}

impl Section {
    /// Changing the store stays in the section where it can.
    fn path_of_store(self) -> &'static str {
        if Self::OF_STORE.contains(&self) {
            self.path()
        } else {
            Self::Overview.path()
        }
    }
}

impl StoreInView {
    /// Where the store's days begin.
    pub(super) fn zone(&self) -> Tz {
        self.zone
    }
}

impl From<Store> for StoreInView {
    fn from(store: Store) -> Self {
        Self {
            id: store.id,
            name: store.name,
            currency: store.currency.to_string(),
            // Only names that the program knows get in; a later version of it knows them too.
            zone: store.timezone.parse().unwrap_or(Tz::UTC),
            timezone: store.timezone,
        }
    }
}
