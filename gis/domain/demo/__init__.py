"""The demo city (示例城市): deterministic by seed, real in names and outlines, synthetic in all else."""

from gis.domain.demo.city import City, Names, generate

__all__ = ["City", "Names", "generate"]
