"""The site as values: what one reader may see of everything that is applied."""

from engine.usecases.site.model import audience_models, data_hash, site_model, site_model_as
from engine.usecases.site.values import SiteModel

__all__ = ["SiteModel", "audience_models", "data_hash", "site_model", "site_model_as"]
