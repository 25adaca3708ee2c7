#include "named.h"

#include "ties.h"

bool resource_is_named(tl_str given, const struct tl_resource *r, tl_str arn)
{
    if (tl_str_glob(given, r->id) || (arn.n && tl_str_glob(given, arn)))
        return true;
    if (!tl_str_eq(tl_resource_normal_id(r->type, given), r->id))
        return false;
    tl_str account = tl_arn_part(given, 4), region = tl_arn_part(given, 3);
    if (!tl_str_starts(given, TL_STR("arn:")) && tl_str_find(given, TL_STR(":function:")) == 12)
        account = tl_str_sub(given, 0, 12); /* a partial ARN */
    return (!account.n || tl_str_eq(account, r->account)) &&
           (!region.n || tl_str_eq(region, r->region) || tl_str_eq(r->region, TL_STR("global")));
}
