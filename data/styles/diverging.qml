<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: MIT -->
<!-- What may be positive (blue) or negative (red), light at 0. -->
<qgis version="3.22.0" styleCategories="LayerConfiguration|Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="-1" classificationMax="1">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="-1" maximumValue="1" labelPrecision="4">
          <item value="-1" label="-1" color="#5e0b22" alpha="255"/>
          <item value="-0.875" label="-0.875" color="#881d2c" alpha="255"/>
          <item value="-0.75" label="-0.75" color="#b52f35" alpha="255"/>
          <item value="-0.625" label="-0.625" color="#cc5548" alpha="255"/>
          <item value="-0.5" label="-0.5" color="#e3775c" alpha="255"/>
          <item value="-0.375" label="-0.375" color="#ee9e81" alpha="255"/>
          <item value="-0.25" label="-0.25" color="#f6c3a6" alpha="255"/>
          <item value="-0.125" label="-0.125" color="#f8ddcc" alpha="255"/>
          <item value="0" label="0" color="#f8f6f3" alpha="255"/>
          <item value="0.125" label="0.125" color="#d7e6ef" alpha="255"/>
          <item value="0.25" label="0.25" color="#b5d6ea" alpha="255"/>
          <item value="0.375" label="0.375" color="#89bddd" alpha="255"/>
          <item value="0.5" label="0.5" color="#5ba3d0" alpha="255"/>
          <item value="0.625" label="0.625" color="#3f86be" alpha="255"/>
          <item value="0.75" label="0.75" color="#2369ab" alpha="255"/>
          <item value="0.875" label="0.875" color="#174a86" alpha="255"/>
          <item value="1" label="1" color="#0c2c63" alpha="255"/>
          <rampLegendSettings useContinuousLegend="1" orientation="2" direction="0" prefix="" suffix=" m/yr" minimumLabel="" maximumLabel=""/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
