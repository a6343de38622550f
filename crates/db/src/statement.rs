/// Declares a statement that is prepared once a connection and cached, with its parameters in the order `$1`, `$2`, ….
///
/// `diesel::sql_query` prepares anew at each call, which costs more than the hot statements of the job layer themselves.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        struct $name:ident { $($field:ident: $sql_type:ty => $rust_type:ty,)* }
        $sql:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        struct $name { $($field: $rust_type,)* }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql($sql);
                $(out.push_bind_param_value_only::<$sql_type, _>(&self.$field)?;)*
                Ok(())
            }
        }

        impl diesel::query_builder::QueryId for $name {
            type QueryId = $name;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::Query for $name {
            type SqlType = diesel::sql_types::Untyped;
        }
    };
}

pub(crate) use statement;
